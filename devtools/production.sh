#!/bin/sh
# Run a command with variables like those of a production machine: sh devtools/production.sh COMMAND...
# Nothing here is a secret: no machine uses these values.
unset DEMO DEBUG DJANGO_SETTINGS_MODULE
export ORIGIN=https://recovery.example.com
export SECRET_KEY=a-long-text-of-many-different-signs-0123456789-abcdefghij-KLMNOP
export SEALING_KEYS=MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=
export DATABASE_URL=postgres://portal@127.0.0.1:1/portal
export REDIS_URL=redis://127.0.0.1:1/0
export TRUSTED_PROXIES=1
export MAIL_FROM="Orikaeshi <no-reply@recovery.example.com>"
exec "$@"
