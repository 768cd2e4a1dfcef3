# Two images from one file; each holds what its process needs and no more.
#
#   docker build --target gateway --tag guildgate-gateway .
#   docker build --target bot --tag guildgate-bot .
#
# The gateway works on the host's network and keeps one capability; the token never gets near it. It begins with three
# more, to become its own user, and gives them up before it opens its socket. The two security options let it write
# net.* sysctls: /proc/sys is read-only in a container otherwise.
#   docker run --network host --cap-drop ALL --cap-add NET_ADMIN --cap-add SETUID --cap-add SETGID --cap-add SETPCAP \
#     --device /dev/net/tun \
#     --security-opt systempaths=unconfined --security-opt apparmor=unconfined \
#     --volume guildgate-state:/var/lib/guildgate --volume guildgate-run:/run/guildgate \
#     --volume /etc/guildgate:/etc/guildgate:ro guildgate-gateway
# The bot needs none, and no right to become anybody. The host's network lets it ask through the tunnel whether a
# friend's server answers:
#   docker run --network host --cap-drop ALL --security-opt no-new-privileges --env DISCORD_TOKEN \
#     --volume guildgate-bot-state:/var/lib/guildgate-bot \
#     --volume guildgate-run:/run/guildgate --volume /etc/guildgate:/etc/guildgate:ro guildgate-bot
# The bot's user has to be in socket_users of the configuration: `socket_users = ["guildgate"]`.

FROM debian:trixie-slim AS base
# Fixed numbers for the users, so that the gateway knows the bot across the two containers, and its own files.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 950 --no-create-home --shell /usr/sbin/nologin guildgate \
 && useradd --system --uid 951 --no-create-home --shell /usr/sbin/nologin guildgate-gateway
ENV PATH=/opt/guildgate/bin:$PATH PYTHONUNBUFFERED=1

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
WORKDIR /src
COPY requirements.lock ./
RUN python3 -m venv /opt/guildgate \
 && pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY gateway gateway
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

FROM base AS bot
COPY --from=build /opt/guildgate /opt/guildgate
RUN install -d -m 700 -o guildgate -g guildgate /var/lib/guildgate-bot
USER guildgate
ENTRYPOINT ["guildgate", "bot"]
CMD ["--config", "/etc/guildgate/config.toml"]

FROM base AS gateway
RUN apt-get update \
 && apt-get install -y --no-install-recommends iptables libnftables1 wireguard-go \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/guildgate /opt/guildgate
# New volumes take over these owners. Without CAP_CHOWN the gateway could not set them itself.
RUN install -d -m 700 -o guildgate-gateway -g guildgate-gateway /var/lib/guildgate \
 && install -d -m 755 -o guildgate-gateway -g guildgate-gateway /run/guildgate /run/wireguard
ENTRYPOINT ["guildgate", "gateway"]
CMD ["--config", "/etc/guildgate/config.toml"]
