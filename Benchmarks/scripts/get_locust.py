"""A GET request, again and again."""

import os

from locust import FastHttpUser, constant, task

path = os.environ["LOCUST_PATH"]


class Getter(FastHttpUser):
    wait_time = constant(0)

    @task
    def get(self):
        self.client.get(path)
