# finds: FROM
FROM scratch AS a
HEALTHCHECK CMD ["x"]
FROM scratch
