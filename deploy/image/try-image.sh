#!/bin/sh
# Starts an image as an operator would who trusts nobody, and waits until its health check passes: try-image.sh IMAGE
set -eu
image=$1
config=$(mktemp)
cat > "$config" << 'YAML'
model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_key: k, mock_response: Hello }
YAML
chmod a+r "$config"
container=$(docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges --publish 127.0.0.1:4000:4000 \
  --volume "$config:/app/config.yaml:ro" "$image" --config /app/config.yaml --port 4000 --detailed_debug)
trap 'docker logs "$container"; docker rm --force "$container" > /dev/null; rm "$config"' EXIT
until [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = healthy ]; do
  [ "$(docker inspect --format '{{.State.Running}}' "$container")" = true ]
  sleep 0.2
done
curl --fail --silent --show-error http://127.0.0.1:4000/v1/chat/completions --header 'content-type: application/json' \
  --data '{ "model": "gpt-4", "messages": [{ "role": "user", "content": "hi" }] }' | grep --quiet Hello
