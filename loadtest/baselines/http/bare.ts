import { createServer } from 'node:http';
import { type Asked, queuedAnswer } from './answer.js';
import { listen } from './listen.js';

/** The floor: node:http that reads and parses the body and answers. Nothing is checked, nothing is kept. */
listen(
  createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      const payload = JSON.stringify(queuedAnswer(asked));
      res.writeHead(202, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(payload) });
      res.end(payload);
    });
  }),
);
