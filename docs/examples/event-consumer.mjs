// Follows the events of the service and takes each of them once.
//
//   FLASHSALE_KAFKA_BROKERS=127.0.0.1:9092 node docs/examples/event-consumer.mjs [group]
//
// What the events mean and what is guaranteed: docs/events/README.md.
import { Kafka, logLevel } from 'kafkajs';

const brokers = (process.env.FLASHSALE_KAFKA_BROKERS ?? '127.0.0.1:9092').split(',');
const topic = process.env.FLASHSALE_EVENTS_TOPIC ?? 'reservation-events';
const [groupId = 'event-consumer-example'] = process.argv.slice(2);

// The highest sequence that was handled, by SKU. Events are published at least once, and their first occurrences are in order for each SKU:
// whatever is not above it is a repeat. In memory, so a restart of this example takes from the group's offset on what comes, repeats too; a
// real consumer keeps it in its own database and moves it in the transaction that also does what the event is for.
const handled = new Map();
// Reservations whose units are free again, so that none is taken for free twice; a real consumer has their states in its database.
const freed = new Set();

const kafka = new Kafka({ clientId: groupId, brokers, logLevel: logLevel.WARN });
const consumer = kafka.consumer({ groupId });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  // kafkajs commits an offset only after this function has resolved for it: what was not handled comes again.
  eachMessage: async ({ message }) => {
    const event = JSON.parse(message.value.toString());
    const { skuId, sequence } = event.data;
    const last = handled.get(skuId);
    if (last !== undefined && sequence <= last) return;
    // Cannot come from the service: the topic's retention has removed what was not read in time.
    if (last !== undefined && sequence > last + 1) console.error(`${skuId}: ${last + 1} to ${sequence - 1} are missing`);
    handle(event);
    handled.set(skuId, sequence);
  },
});

/** Does what the event is for. A type that is not known is passed over: new ones may be added. */
function handle({ id, type, subject, data }) {
  switch (type) {
    case 'flashsale.reservation.reserved.v1':
      return say(id, `${data.quantity} held for ${data.userId} until ${data.expiresAt}`);
    case 'flashsale.reservation.confirmed.v1':
      return say(id, `${subject} is paid by ${data.paymentReference}`);
    case 'flashsale.reservation.cancelled.v1':
    case 'flashsale.reservation.expired.v1':
      return free(id, subject);
    case 'flashsale.command.refused.v1':
      // The one refusal that may change something: the hold is over, by this command or by an earlier one.
      return data.reason === 'RESERVATION_EXPIRED' ? free(id, subject) : say(id, `${data.command} refused: ${data.reason}`);
    default:
      return say(id, type);
  }
}

function free(id, subject) {
  say(id, freed.has(subject) ? `${subject} is free already` : `${subject} is free again`);
  freed.add(subject);
}

function say(id, text) {
  console.log(`${id.padEnd(24)} ${text}`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => consumer.disconnect().then(() => process.exit(0)));
