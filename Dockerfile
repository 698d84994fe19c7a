# SPDX-License-Identifier: MIT
# Neap on Debian 12 as a user without rights. docker build -t neap . && docker run --rm -it neap demo
FROM debian:bookworm-slim

RUN apt-get update && apt-get install -y --no-install-recommends \
    lua5.4 liblua5.4-dev libsqlite3-dev zlib1g-dev libssl-dev libedit-dev libuv1-dev libwslay-dev libcurl4-openssl-dev \
    libsimdjson-dev lua-cjson lua-filesystem \
    cmake ninja-build gcc g++ libc6-dev pkg-config lua-busted libcmocka-dev \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home neap

COPY --chown=neap . /opt/neap
USER neap
ENV NEAP_NO_SETUP=1
RUN /opt/neap/neap setup

WORKDIR /opt/neap
ENTRYPOINT ["/opt/neap/neap"]
CMD ["demo"]
