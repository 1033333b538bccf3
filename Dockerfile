# Daybook as an image: the program and the weights of its embedding model, and
# nothing else. It runs as a user without rights, on a read-only root.
#
#   docker build -t daybook .
#   docker run --read-only -v ~/Journal:/journal -v daybook:/data -p 127.0.0.1:8000:8000 daybook

FROM node:24-bookworm-slim AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOEXPERIMENT=simd GOFLAGS=-trimpath
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
COPY go.mod go.sum ./
RUN go mod download
COPY scripts/fetch-model.sh scripts/model-requirements.txt scripts/
RUN scripts/fetch-model.sh && test -f .cache/model/model.safetensors
COPY . .
RUN scripts/fetch-model.sh && test -f .cache/model/model.int8.safetensors
COPY --from=page /src/web/dist web/dist
ARG VERSION=dev
RUN go build -ldflags "-s -w -X main.version=${VERSION}" -o /out/daybook ./cmd/daybook && \
    mkdir -p /out/model /data && cp .cache/model/model.int8.safetensors .cache/model/tokenizer.json /out/model/ && cp /etc/ssl/certs/ca-certificates.crt /out/

FROM scratch
COPY --from=build /out/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/daybook /usr/local/bin/
COPY --from=build /out/model /usr/local/bin/model
# A new volume gets its owner from here.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV DAYBOOK_DATA=/data DAYBOOK_JOURNAL=/journal DAYBOOK_ADDR=:8000 HOME=/data
EXPOSE 8000
VOLUME /data
HEALTHCHECK --interval=30s --start-period=20s CMD ["/usr/local/bin/daybook", "ping"]
ENTRYPOINT ["/usr/local/bin/daybook"]
CMD ["serve"]
