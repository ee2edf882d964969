#!/bin/sh
# Is the process alive? A writer has no public API: it is asked at the metrics port, which every role has.
case "${FLASHSALE_ROLE:-all}" in
  writer) url="http://127.0.0.1:${FLASHSALE_METRICS_PORT:-9464}/metrics" ;;
  *) url="http://127.0.0.1:${FLASHSALE_HTTP_PORT:-3000}/livez" ;;
esac
exec wget -q -T 2 -O /dev/null "$url"
