# An image for each process from one file; each holds what its process needs and no more. compose.yaml runs them, and
# says with what rights; by hand:
#
#   docker build --target gateway --tag guildgate-gateway .
#   docker build --target bot --tag guildgate-bot .
#   docker build --target names --tag guildgate-names .
#   docker build --target metrics --tag guildgate-metrics .
#   docker build --target courier --tag guildgate-courier .
#
# The gateway begins with three capabilities beside CAP_NET_ADMIN, to become its own user, and gives them up before it
# opens its socket.

FROM debian:trixie-slim AS base
# Fixed numbers for the users, so that the gateway knows the bot across the two containers, and its own files.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 950 --no-create-home --shell /usr/sbin/nologin guildgate \
 && useradd --system --uid 951 --no-create-home --shell /usr/sbin/nologin guildgate-gateway \
 && useradd --system --uid 952 --no-create-home --shell /usr/sbin/nologin guildgate-names \
 && useradd --system --uid 953 --no-create-home --shell /usr/sbin/nologin guildgate-metrics \
 && useradd --system --uid 954 --no-create-home --shell /usr/sbin/nologin guildgate-courier
ENV PATH=/opt/guildgate/bin:$PATH PYTHONUNBUFFERED=1

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
WORKDIR /src
RUN python3 -m venv /opt/guildgate
COPY requirements-gateway.lock requirements-bot.lock requirements-names.lock requirements-metrics.lock \
     requirements-courier.lock ./
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY gateway gateway
COPY packaging/slim packaging/slim

FROM build AS build-gateway
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements-gateway.lock \
 && pip install --no-cache-dir --no-deps --no-build-isolation .

FROM build AS build-bot
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements-bot.lock \
 && pip install --no-cache-dir --no-deps --no-build-isolation . \
 && packaging/slim /opt/guildgate/lib/python3*/site-packages

FROM build AS build-names
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements-names.lock \
 && pip install --no-cache-dir --no-deps --no-build-isolation .

FROM build AS build-metrics
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements-metrics.lock \
 && pip install --no-cache-dir --no-deps --no-build-isolation .

FROM build AS build-courier
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements-courier.lock \
 && pip install --no-cache-dir --no-deps --no-build-isolation .

FROM base AS courier
COPY --from=build-courier /opt/guildgate /opt/guildgate
USER guildgate-courier
ENTRYPOINT ["guildgate", "courier"]
CMD ["--config", "/etc/guildgate/config.toml"]

FROM base AS metrics
COPY --from=build-metrics /opt/guildgate /opt/guildgate
RUN install -d -m 755 -o guildgate-metrics -g guildgate-metrics /run/guildgate-metrics
USER guildgate-metrics
ENTRYPOINT ["guildgate", "metrics"]
CMD ["--config", "/etc/guildgate/config.toml"]

FROM base AS names
COPY --from=build-names /opt/guildgate /opt/guildgate
USER guildgate-names
ENTRYPOINT ["guildgate", "names"]
CMD ["--config", "/etc/guildgate/config.toml"]

FROM base AS bot
COPY --from=build-bot /opt/guildgate /opt/guildgate
RUN install -d -m 700 -o guildgate -g guildgate /var/lib/guildgate-bot
USER guildgate
# The bot touches that file every 15 s, as long as it is connected to Discord and the gateway answers.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python3", "-ISc", "import os, time; raise SystemExit(time.time() - os.stat('/tmp/heartbeat').st_mtime > 60)"]
ENTRYPOINT ["guildgate", "bot"]
CMD ["--config", "/etc/guildgate/config.toml", "--heartbeat", "/tmp/heartbeat"]

FROM base AS gateway
RUN apt-get update \
 && apt-get install -y --no-install-recommends iptables libnftables1 wireguard-go \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build-gateway /opt/guildgate /opt/guildgate
# New volumes take over these owners. Without CAP_CHOWN the gateway could not set them itself.
RUN install -d -m 700 -o guildgate-gateway -g guildgate-gateway /var/lib/guildgate \
 && install -d -m 755 -o guildgate-gateway -g guildgate-gateway /run/guildgate /run/wireguard
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["guildgate", "policy"]
ENTRYPOINT ["guildgate", "gateway"]
CMD ["--config", "/etc/guildgate/config.toml", "--socket-user", "guildgate", "--names-user", "guildgate-names", \
     "--metrics-user", "guildgate-metrics", "--courier-user", "guildgate-courier"]
