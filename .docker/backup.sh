#!/bin/sh
# save: a dump and the uploads into /backups/<time>.  restore NAME: both back from there. Keys are never part of it.
set -eu
umask 077
PGPASSWORD="$(cat /run/secrets/database_password)"
export PGPASSWORD PGHOST=postgres PGUSER=collection_ops PGDATABASE=collection_ops

case "${1:-save}" in
  save)
    folder="/backups/$(date -u +%Y%m%d-%H%M%S)"
    mkdir -p "$folder"
    pg_dump --format=custom --file="$folder/database.dump"
    tar -C /state -czf "$folder/files.tar.gz" media inbox
    # A dump that cannot be listed is no backup.
    pg_restore --list "$folder/database.dump" > /dev/null
    echo "saved to $folder"
    ;;
  restore)
    folder="/backups/${2:?name of the backup}"
    pg_restore --clean --if-exists --no-owner --exit-on-error --single-transaction --dbname="$PGDATABASE" "$folder/database.dump"
    tar -C /state -xzf "$folder/files.tar.gz"
    echo "restored $folder"
    ;;
  *)
    echo "usage: backup save | restore NAME" >&2
    exit 2
    ;;
esac
