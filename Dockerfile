# The standalone server. One volume, /data, for a SQLite file; with DATABASE_URL=postgres://… it needs none.
#
#   docker build -t kelviq-onboarding .
#   docker run --read-only --cap-drop ALL --ulimit core=0 --env-file onboarding.env -p 8787:8787 -v onboarding:/data kelviq-onboarding
#   docker exec CONTAINER kelviq-onboarding doctor

FROM node:24-bookworm-slim AS build
WORKDIR /src
# Dependencies change less often than sources. No package needs a script of its own to run.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.js tsconfig.json tsconfig.build.json vite.config.ts ./
COPY widget widget
COPY proxy proxy
COPY demo/sandbox demo/sandbox
RUN node build.js
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="kelviq-onboarding" org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY LICENSE ./
# What doctor and the log advise runs in the container as it is written.
RUN chmod 0755 /app/dist/proxy/node/cli.js && ln -s /app/dist/proxy/node/cli.js /usr/local/bin/kelviq-onboarding
# The server writes nowhere else, so the root file system may be read-only.
RUN install -d -o 1000 -g 1000 -m 0700 /data
VOLUME /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8787 DATABASE_URL=sqlite:/data/kelviq-onboarding.db
# By number, so that a cluster can see that it is not root.
USER 1000:1000
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/proxy/node/cli.js"]
CMD ["serve"]
