# finds: RUN
# finds: RUN
# finds: RUN
FROM scratch
RUN curl -fsSL https://example.com/a \
  | bash -s
RUN apt-get update && sudo make install
RUN <<EOF
set -e
wget -qO- https://example.com/a | sh
EOF
