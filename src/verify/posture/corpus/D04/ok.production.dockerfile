FROM node:24-alpine
RUN npm ci --omit=dev && npm install -g pm2
RUN NODE_ENV=production npm install
RUN yarn install --frozen-lockfile --production
RUN pnpm install --prod --frozen-lockfile
RUN poetry install --only main && uv sync --frozen --no-dev && composer install --no-dev
RUN pip install -r requirements.txt
RUN apt-get install -y curl makepasswd libgcc-s1 python3-dev
