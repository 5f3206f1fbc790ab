#!/bin/sh
# Writes .env beside docker-compose.yml, with a fresh secret for each part:
#
#   sh docker/make-env.sh https://recovery.example.com    for people: fill in what it leaves empty
#   sh docker/make-env.sh --trial                         for a try on this machine, with a mail catcher
#
# An .env that is there stays: its keys open what the database holds.
set -eu
cd "$(dirname "$0")/.."

usage() {
    echo "usage: sh docker/make-env.sh https://recovery.example.com | --trial" >&2
    exit 2
}

random() { # so many bytes, in signs that may stand in an address
    head -c "$1" /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'
}

[ $# -eq 1 ] || usage
case $1 in
--trial)
    origin=http://localhost:8080
    addresses="SITE_ADDRESS=:80"
    mail='SMTP_HOST=mail
SMTP_PORT=1025
SMTP_STARTTLS=false
MAIL_FROM="Orikaeshi <no-reply@localhost>"'
    caller='CALLER_NUMBER="+81 3 5550 0100"

# Starts the mail catcher too: http://localhost:8025
COMPOSE_PROFILES=trial'
    ;;
https://?*)
    origin=${1%/}
    addresses="SITE_ADDRESS=${origin#https://}
HTTP_PORT=80
HTTPS_PORT=443"
    mail='SMTP_HOST=
SMTP_PORT=587
SMTP_USER=
SMTP_PASSWORD=
SMTP_STARTTLS=true
MAIL_FROM='
    caller='CALLER_NUMBER='
    ;;
*) usage ;;
esac

if [ -e .env ]; then
    echo ".env is there already and stays as it is." >&2
    exit 1
fi

umask 077
cat > .env <<ENV
ORIGIN=$origin
$addresses

# Keep the two keys in another place than the database's backups.
SECRET_KEY=$(random 48)
SEALING_KEYS=$(random 32)
POSTGRES_PASSWORD=$(random 33)
DATABASE_OWNER_PASSWORD=$(random 33)
DATABASE_APP_PASSWORD=$(random 33)
REDIS_PASSWORD=$(random 33)

$mail

# As claimants see it, with the country's code.
$caller
ENV

empty=$(sed -n 's/^\([A-Z_]*\)=$/\1/p' .env | tr '\n' ' ')
echo "Wrote .env, which only you can read.${empty:+ Fill in: $empty}"
