import { liveSchema, readySchema } from '../../routes/health.js';
import type { Operation, SuccessAnswer } from '../operation.js';

const of = { method: 'get', tag: 'Service', scope: null } as const;
const page = (description: string): SuccessAnswer => ({ description, type: 'text/html', headers: ['Cache-Control'] });
const UNCHANGED: SuccessAnswer = { description: 'What the caller has is current.', headers: ['ETag', 'Cache-Control'] };

export const SERVICE_OPERATIONS: readonly Operation[] = [
  {
    ...of,
    path: '/livez',
    id: 'live',
    summary: 'Does the process run?',
    answers: { 200: { description: 'It does.', schema: liveSchema, example: { status: 'live' }, headers: ['Cache-Control'] } },
    problems: [],
  },
  {
    ...of,
    path: '/readyz',
    id: 'ready',
    summary: 'Should this process get traffic?',
    answers: {
      200: {
        description: 'It should.',
        schema: readySchema,
        example: { status: 'ready', checks: [{ name: 'postgres', ok: true }] },
        headers: ['Cache-Control'],
      },
    },
    problems: ['NOT_READY'],
  },
  {
    ...of,
    path: '/problems/:code',
    id: 'explainProblem',
    summary: 'What a problem means',
    answers: { 200: page('A page for people.') },
    problems: ['NOT_FOUND'],
  },
  {
    ...of,
    path: '/openapi.json',
    id: 'describe',
    summary: 'This document',
    headers: ['If-None-Match'],
    answers: {
      200: { description: 'OpenAPI 3.1.', type: 'application/json', example: { openapi: '3.1.1' }, headers: ['ETag', 'Cache-Control'] },
      304: UNCHANGED,
    },
    problems: [],
  },
  {
    ...of,
    path: '/docs',
    id: 'readDocs',
    summary: 'This document as a page',
    headers: ['If-None-Match'],
    answers: {
      200: { ...page('A page for people; it loads nothing else.'), headers: ['ETag', 'Cache-Control', 'Content-Security-Policy'] },
      304: UNCHANGED,
    },
    problems: [],
  },
];
