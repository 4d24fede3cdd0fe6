#!/bin/sh
# Runs once, when the database volume is new: an account that owns its database and is no superuser.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/database_password)" --username=postgres --dbname=postgres <<'SQL'
CREATE ROLE collection_ops LOGIN PASSWORD :'password';
CREATE DATABASE collection_ops OWNER collection_ops;
SQL
