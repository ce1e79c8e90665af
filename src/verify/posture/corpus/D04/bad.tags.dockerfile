# finds: FROM
FROM nvidia/cuda:12.8.0-devel-ubuntu24.04
CMD ["server"]
