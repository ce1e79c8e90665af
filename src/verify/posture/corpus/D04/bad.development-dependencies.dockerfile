# finds: RUN
# finds: RUN
# finds: RUN
# finds: RUN
# finds: RUN
FROM node:24-slim
RUN npm ci
RUN --mount=type=cache,target=/root/.npm npm install --ignore-scripts && npm run build
RUN composer install --prefer-dist
RUN poetry install --no-root
RUN pip install --no-cache-dir -r requirements-dev.txt
