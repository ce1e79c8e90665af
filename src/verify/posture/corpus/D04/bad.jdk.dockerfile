# finds: FROM
FROM eclipse-temurin:21-jdk-jammy
CMD ["java"]
