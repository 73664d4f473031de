#!/usr/bin/env bash
# What docs/performance.md shows: the executor beside the engines that are installed, by turns.
# Writes build/bench/*.json; about a quarter of an hour on two cores that have nothing else to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
archc=${ARCHC:-.venv/bin/archc}
out=build/bench
mkdir -p "$out"
for network in googlenet_torchvision inception_v3; do
  for batch in 1 8; do
    "$archc" bench "$network" --batch "$batch" --threads 2 \
      --against eager,channels-last,compile,onnxruntime,openvino \
      -o "$out/$network-$batch-float32.json" --force
    "$archc" bench "$network" --batch "$batch" --threads 2 --dtype bfloat16 \
      --against eager-float32,eager,openvino \
      -o "$out/$network-$batch-bfloat16.json" --force
  done
done
