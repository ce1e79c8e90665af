FROM golang:1.25 AS build
RUN apt-get install -y gcc make
RUN go build -o /server .
FROM node:24 AS web
RUN npm ci && npm run build
FROM gcr.io/distroless/static:nonroot
COPY --from=build /server /server
COPY --from=web /dist /dist
