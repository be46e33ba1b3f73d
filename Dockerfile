# The application's image: web server, worker and every `flask …` command.

FROM node:22-bookworm-slim AS browser
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund

FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/venv
COPY requirements/run.txt requirements/run.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements/run.txt
COPY . .
COPY --from=browser /src/node_modules node_modules
RUN /opt/venv/bin/python -m app.local.assets \
 && for catalogue in app/translations/*/LC_MESSAGES/*.po; do \
      [ ! -e "$catalogue" ] || \
      /opt/venv/bin/pybabel compile --input-file="$catalogue" --output-file="${catalogue%.po}.mo"; \
    done \
 && rm -rf node_modules tests

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/app register \
 && mkdir -p /srv/app /data && chown register /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /src /srv/app
WORKDIR /srv/app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    APP_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
USER register
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD \
  ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn"]
