"""Make the database that DATABASE_URL names, if it is not there. Exit code 1 when the server does not let us."""

import os
import sys
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

address = urlsplit(os.environ["DATABASE_URL"])
name = address.path.lstrip("/")
try:
    connection = psycopg2.connect(address._replace(path="/postgres").geturl(), connect_timeout=5)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
except psycopg2.Error as error:
    sys.exit(str(error))
