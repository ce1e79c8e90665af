FROM node:24-slim
ENV NODE_ENV=production
RUN npm ci
