# Build: the extension modules need a compiler, the running image does not.
FROM python:3.11-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pyproject.toml setup.cfg README.md ./
COPY service ./service
RUN python -m venv /opt/eligibility \
    && /opt/eligibility/bin/pip install --no-cache-dir '.[postgres]'

FROM python:3.11-slim-bookworm
ENV PATH=/opt/eligibility/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    ELIGIBILITY_POLICIES=/srv/policies \
    ELIGIBILITY_DATABASE_URL=sqlite:////srv/var/decisions.db \
    ELIGIBILITY_KEY_FILE=/srv/keys/master.key \
    ELIGIBILITY_CHECKPOINTS=/srv/checkpoints
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin eligibility \
    && install -d -o eligibility -g eligibility /srv/var /srv/keys /srv/checkpoints
COPY --from=build /opt/eligibility /opt/eligibility
COPY policies /srv/policies
USER 10001
WORKDIR /srv
VOLUME ["/srv/var", "/srv/keys", "/srv/checkpoints"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# --insecure: behind a gateway that authenticates, as long as no key was made; keys are needed from the first one on.
ENTRYPOINT ["eligibility"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--insecure"]
