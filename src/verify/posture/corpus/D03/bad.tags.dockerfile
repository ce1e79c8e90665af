# finds: FROM
# finds: FROM
# finds: FROM
# finds: FROM
ARG OTHER
FROM node
FROM node:latest
FROM node:24
FROM $OTHER
