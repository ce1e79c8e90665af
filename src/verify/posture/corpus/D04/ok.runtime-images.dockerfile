FROM nvidia/cuda:12.8.0-runtime-ubuntu24.04 AS base
FROM eclipse-temurin:21-jre-jammy
CMD ["java"]
