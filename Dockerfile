# One image for web, worker, beat and migrate; docker-compose.yml says which is which.
# Bases are pinned by tag. To pin them by digest too: --build-arg PYTHON_IMAGE=python:TAG@sha256:…
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
ARG NODE_IMAGE=node:24.11.0-bookworm-slim

# --- What browsers get from npm: files, nothing is run --------------------------------------------------------
FROM ${NODE_IMAGE} AS browser
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

# --- Python packages by hash, the map, and static files ---------------------------------------------------------
FROM ${PYTHON_IMAGE} AS build
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY --from=browser /app/node_modules node_modules
COPY manage.py gunicorn.conf.py ./
COPY scripts/draw_europe.py scripts/compile_catalogues.py scripts/
COPY locale locale
COPY investai investai
COPY operations operations
COPY portfolio portfolio
COPY advisory advisory
COPY templates templates
COPY static static
# The key and the database are for this step alone: neither is in the image that runs.
RUN python scripts/draw_europe.py \
    && python scripts/compile_catalogues.py \
    && SECRET_KEY=for-this-step-alone DATABASE_URL=sqlite:////tmp/none.sqlite3 \
        python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q investai operations portfolio advisory \
    && mkdir -p var/downloads var/mail \
    && rm -rf node_modules var/map scripts \
    && mkdir -p node_modules/bootstrap/dist node_modules/echarts/dist var/map

# --- What runs --------------------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS run
# For the commands backup and restore; a version of Debian's is as new as the database of docker-compose.yml.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 investai \
    && useradd --uid 10001 --gid investai --no-create-home --shell /usr/sbin/nologin investai
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Named volumes take their owner from these folders; all else belongs to root and is only read.
RUN chown investai:investai /app/var/downloads /app/var/mail
ARG RELEASE=
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RELEASE=${RELEASE}
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# How many processes: WEB_CONCURRENCY, gunicorn's own variable. It measures itself in /dev/shm and /tmp.
CMD ["gunicorn", "investai.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--graceful-timeout", "30", "--no-control-socket"]
