# finds: ADD
FROM scratch
ADD https://example.com/a \
  /a
