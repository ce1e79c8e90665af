FROM scratch
HEALTHCHECK --interval=30s CMD ["x"]
