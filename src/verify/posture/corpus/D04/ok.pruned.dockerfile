FROM node:24-slim
RUN npm ci && npm run build && npm prune --omit=dev
