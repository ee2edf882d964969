# syntax=docker/dockerfile:1
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-alpine AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# A lock written where the registry lacks a platform's binary is incomplete to `npm ci`; `npm install` takes the same versions from it.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts || npm install --no-save --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY infra/local infra/local
COPY db db
COPY src src
RUN npm run build

# Optional packages here are the servers of a machine without Docker and platform binaries of build tools.
FROM node:${NODE_VERSION}-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --ignore-scripts || npm install --no-save --omit=dev --omit=optional --ignore-scripts

FROM node:${NODE_VERSION}-alpine
ENV NODE_ENV=production
WORKDIR /app
COPY infra/docker/healthcheck.sh /usr/local/bin/flashsale-healthcheck
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# Owned by root, run by another: the process cannot change its own program.
USER node
EXPOSE 3000 9464
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["sh", "/usr/local/bin/flashsale-healthcheck"]
# Node as the first process, without npm or a shell around it, so that SIGTERM reaches it.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=64", "dist/src/main.js"]
