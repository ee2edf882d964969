import { createServer } from 'node:http';
import express from 'express';
import { type Asked, queuedAnswer } from './answer.js';
import { listen } from './listen.js';

/** Express as its guide has it: express.json, one route, res.json. Nothing is checked, nothing is kept. */
const app = express();
app.use(express.json());
app.post('/v1/reservations', (req, res) => void res.status(202).json(queuedAnswer(req.body as Asked)));
listen(createServer(app));
