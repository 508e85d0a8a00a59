"""Digs for coins: hashes random bytes until a hash starts with a zero, and keeps the score in redis."""

import time
import urllib.request

import redis

score = redis.Redis("redis")


def dig():
    with urllib.request.urlopen("http://rng/32") as answer:
        dirt = answer.read()
    with urllib.request.urlopen("http://hasher/", data=dirt) as answer:
        digest = answer.read().decode().strip()
    score.incr("hashes")
    if digest.startswith("0"):
        print("coin found:", digest[:16])
        score.hset("wallet", digest, time.time())


if __name__ == "__main__":
    while True:
        dig()
        time.sleep(0.1)
