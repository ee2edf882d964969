import { Transform, type TransformCallback } from 'node:stream';
import { type BreakableLink, breakableLink } from './breakable-link.js';

/**
 * A breakable link to a broker. Clients connect to the address that the broker tells them, so wherever its own host and port stand in an
 * answer, the link's port is put in. For one broker, under the name it advertises, on this machine: as the launcher starts it.
 */
export async function kafkaLink(broker: string): Promise<BreakableLink & { readonly broker: string }> {
  const [host = '', port = ''] = broker.split(':');
  const link = await breakableLink({ host, port: Number(port), answers: (linkPort) => new Readdressed(host, Number(port), linkPort) });
  return { ...link, broker: `${host}:${link.port}` };
}

const SIZE_BYTES = 4;

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** Answers of the Kafka protocol, whole ones: an address may lie across two packets. The port is 4 bytes behind the host in all of them. */
class Readdressed extends Transform {
  private received: Buffer = Buffer.alloc(0);
  private readonly address: Buffer;
  private readonly linkPort: Buffer;

  constructor(host: string, port: number, linkPort: number) {
    super();
    this.address = Buffer.concat([Buffer.from(host), int32(port)]);
    this.linkPort = int32(linkPort);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.received = Buffer.concat([this.received, bytes]);
    while (this.received.length >= SIZE_BYTES) {
      const end = SIZE_BYTES + this.received.readInt32BE(0);
      if (this.received.length < end) break;
      this.push(this.readdress(Buffer.from(this.received.subarray(0, end))));
      this.received = this.received.subarray(end);
    }
    done();
  }

  private readdress(answer: Buffer): Buffer {
    for (let at = answer.indexOf(this.address); at !== -1; at = answer.indexOf(this.address, at + 1)) {
      this.linkPort.copy(answer, at + this.address.length - this.linkPort.length);
    }
    return answer;
  }
}
