FROM node:24@sha256:0000000000000000000000000000000000000000000000000000000000000000
ARG VERSION=1
ENV TOKEN_FILE=/run/secrets/token
COPY .env.example package.json /app/
RUN --mount=type=secret,id=npmrc npm ci
