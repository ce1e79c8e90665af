# finds: FROM
# finds: RUN
FROM rust:1.90-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends \
    # to link with
    g++=4:12.2.0 \
    libpq5
FROM base
CMD ["server"]
