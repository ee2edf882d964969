/**
 * Bugs planted in the service's code, one at a time, each in place of a text that stands in its file exactly once: the simulator must find
 * every one of them, or its checks do not count.
 * @type {readonly { readonly name: string, readonly file: string, readonly find: string, readonly replace: string }[]}
 */
export const MUTANTS = [
  {
    name: 'a lost compare-and-set counts as committed',
    file: 'src/writer/partition-writer.ts',
    find: "=== 'lost') throw",
    replace: "=== ('never' as string)) throw",
  },
  {
    name: 'told, and the position moved, before the commit',
    file: 'src/writer/partition-writer.ts',
    find: 'const error = await outcome;\n        if (error !== null) failed(error, recalled);\n        else if (fine) {',
    replace:
      'deps.onApplied({ chunk, ...prepared, deadLetters });\n        const error = await outcome;\n        if (error !== null) failed(error, recalled);\n        else if (fine) {',
  },
  {
    name: 'a chunk that failed is passed over',
    file: 'src/writer/partition-writer.ts',
    find: 'for (const chunk of chunks) await applyAlone(chunk);',
    replace: 'for (const chunk of chunks.slice(1)) await applyAlone(chunk);',
  },
  {
    name: 'the memory is kept after a failure',
    file: 'src/writer/partition-writer.ts',
    find: '    deps.memory.forget();\n    for',
    replace: '    for',
  },
  {
    name: 'dead letters are not kept',
    file: 'src/writer/partition-writer.ts',
    find: 'if (deadLetters.length > 0) submitted.push(',
    replace: 'if (deadLetters.length > 99) submitted.push(',
  },
  {
    name: 'records at or below the watermark are decided again',
    file: 'src/writer/prepare.ts',
    find: 'record.offset > stock.watermark);',
    replace: 'record.offset >= 0);',
  },
  {
    name: 'a chunk is decided without what the one before it does',
    file: 'src/writer/prepare.ts',
    find: '      stock = earlier.after;\n      layOver(earlier, reservations, knownCommands);',
    replace: '      stock = earlier.after;',
  },
  {
    name: 'holders are remembered without what was decided while they were read',
    file: 'src/writer/memory.ts',
    find: 'this.remember(last.after, held.units, since);',
    replace: 'this.remember(last.after, held.units, []);',
  },
  {
    name: 'repeats within a batch are forgotten',
    file: 'src/domain/rules/desk.ts',
    find: 'created.get(id) ?? changed.get(id)?.after ?? known',
    replace: 'known',
  },
  {
    name: 'units that a buyer got in this batch are forgotten',
    file: 'src/domain/rules/desk.ts',
    find: 'holdings.get(buyer) ?? known.holdings',
    replace: 'known.holdings',
  },
  {
    name: 'one unit too many is sold',
    file: 'src/domain/rules/reserve.ts',
    find: 'record.command.quantity > available(stock)',
    replace: 'record.command.quantity > available(stock) + 1',
  },
  {
    name: 'sold out one unit too early',
    file: 'src/domain/rules/reserve.ts',
    find: 'record.command.quantity > available(stock)',
    replace: 'record.command.quantity >= available(stock)',
  },
  {
    name: 'an overdue hold can be paid',
    file: 'src/domain/rules/hold.ts',
    find: "status === 'RESERVED' && expiresAt !== null && now >= expiresAt",
    replace: "status === 'RESERVED' && expiresAt !== null && now >= expiresAt + 400",
  },
  {
    name: 'a cancelled hold can be paid',
    file: 'src/domain/rules/hold.ts',
    find: "ALREADY_CANCELLED: ({ status }) => status === 'CANCELLED',",
    replace: 'ALREADY_CANCELLED: () => false,',
  },
  {
    name: 'a batch decides with the clock going back',
    file: 'src/domain/decide.ts',
    find: 'now: Math.max(now, before.decidedAt),',
    replace: 'now: now - 1_000,',
  },
  {
    name: 'acknowledged though the log names no offset',
    file: 'src/log/publisher.ts',
    find: "        this.fail(entry, 'ambiguous');\n        continue;",
    replace: '        if (this.settle(entry)) entry.resolve({ partition, offset: 0 as Offset });\n        continue;',
  },
  {
    name: 'acknowledged though the send failed',
    file: 'src/log/publisher.ts',
    find: "for (const entry of batch) this.fail(entry, 'ambiguous');",
    replace:
      'for (const entry of batch) if (this.settle(entry)) entry.resolve({ partition: entry.record.partition, offset: 0 as Offset });',
  },
  {
    name: 'answered 202 before it is published',
    file: 'src/admission/accept.ts',
    find: 'appended = await deps.publish(command);',
    replace: 'appended = { partition: 0, offset: 0 as never };\n      void deps.publish(command).catch(() => undefined);',
  },
  {
    name: 'absent, though its partition is not applied',
    file: 'src/status/read.ts',
    find: 'if (appliedThrough !== null && appliedThrough >= askedAt)',
    replace: 'if (appliedThrough !== null)',
  },
  {
    name: 'a jump in the log is taken at once',
    file: 'src/log/partition-feed.ts',
    find: 'if (offset === this.expected) {',
    replace: 'if (offset >= this.expected) {',
  },
  {
    name: 'after a rebalance the feed does not say where it is',
    file: 'src/log/partition-feed.ts',
    find: '    this.deps.seek(this.expected);\n    // kafkajs keeps',
    replace: '    // kafkajs keeps',
  },
  {
    name: 'what was not delivered is never asked for again',
    file: 'src/roles/ownership.ts',
    find: 'if (!isCertain) owners.get(partition)?.realign();',
    replace: 'if (!isCertain) continue;',
  },
  {
    name: 'the position goes one record too far',
    file: 'src/log/positions.ts',
    find: '    entry.nextOffset = nextOffset;',
    replace: '    entry.nextOffset = (nextOffset + 1) as Offset;',
  },
  {
    name: 'all is said to be applied that is in the log',
    file: 'src/log/positions.ts',
    find: 'if (entry.nextOffset >= end) {',
    replace: 'if (end > 0) {',
  },
  {
    name: 'the relay moves its cursor before it has sent',
    file: 'src/events/relay.ts',
    find: 'const written = await deps.producer.send(records);',
    replace:
      'await store.advance(pages.map(({ partition, entries }) => ({ partition, through: behind(entries) })));\n    const written = await deps.producer.send(records);',
  },
  {
    name: 'the relay takes a partition for sent that was passed over',
    file: 'src/events/relay.ts',
    find: 'if (!records.every(({ partition }) => written.has(partition))) throw',
    replace: 'if (written.size > 99) throw',
  },
  {
    name: 'the sweep never asks again where its command was not acknowledged',
    file: 'src/expiry/sweep.ts',
    find: '.catch(() => asked.delete(hold.reservationId))',
    replace: '.catch(() => asked.set(hold.reservationId, Number.POSITIVE_INFINITY))',
  },
  {
    name: 'two batches of one SKU lie in one statement',
    file: 'src/writer/group-commit.ts',
    find: 'if (fits && !taken.has(skuId)) {',
    replace: 'if (fits) {',
  },
  {
    name: 'a jump in a rebalance is taken for a gap',
    file: 'src/roles/ownership.ts',
    find: 'for (const owner of owners.values()) owner.goAstray();',
    replace: '',
  },
];
