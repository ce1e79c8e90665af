# finds: RUN
# finds: RUN
# finds: RUN
# finds: RUN
FROM debian:12-slim
RUN ["apt-get", "install", "-y", "build-essential"]
RUN apk add --no-cache --virtual .build gcc musl-dev && pip install x
RUN <<EOF
dnf install -y gcc-c++ make
EOF
RUN if true; then apt install -y cmake; fi && apt-get purge -y curl
