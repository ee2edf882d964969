/**
 * What a stranger does first, to copy and paste.
 * @param {{ settings: import('./service.mjs').ServiceSettings, keys: import('./local-keys.mjs').LocalKeys}} given
 */
export function welcome({ settings, keys }) {
  const { baseUrl, metricsUrl, logFile } = settings;
  return `
Flashsale is running; Ctrl-C stops all of it.

  API        ${baseUrl}
  metrics    ${metricsUrl}
  log        ${logFile}
  keys       storefront  ${keys.storefront}   (scope reserve)
             operator    ${keys.operator}   (scopes reserve, admin)

Put something on sale, then reserve it:

  curl -X PUT ${baseUrl}/v1/admin/skus/sneaker-42 \\
    -H 'Authorization: Bearer ${keys.operator}' -H 'Content-Type: application/json' \\
    -d '{"name":"Sneaker","total":100,"perUserLimit":2,"maxQuantity":2,"holdSeconds":600}'

  curl -X POST ${baseUrl}/v1/reservations \\
    -H 'Authorization: Bearer ${keys.storefront}' -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: order-$(date +%s)" -H 'Prefer: wait=2' \\
    -d '{"skuId":"sneaker-42","quantity":1,"userId":"alice"}'
`;
}
