# One image for web, live, worker, beat and migrate; docker-compose.yml says which command each runs.

FROM python:3.13.16-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-deps --require-hashes -r requirements.txt
COPY . .
RUN for words in locale/*/LC_MESSAGES/django.po; do \
      /venv/bin/python -m babel.messages.frontend compile --input-file "$words" --output-file "${words%.po}.mo" || exit 1; \
    done
RUN sh devtools/production.sh /venv/bin/python manage.py collectstatic --noinput
# Never in production, and settings do not name it there.
RUN rm -rf devtools tests benchmarks

FROM python:3.13.16-slim-trixie
RUN useradd --system --uid 10001 --no-create-home portal
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-access-log", "portal.wsgi:application"]
