#!/bin/sh
# Run by the image of PostgreSQL as its superuser when the data folder is new: the two roles of the portal.
#
#   portal_owner   owns the tables; signs in for migrations alone
#   portal_app     web, live, worker and beat: reads and writes rows, and changes no table
#
# Passwords come from the environment and stand on no command line.
set -e
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv app_password DATABASE_APP_PASSWORD
BEGIN;
CREATE ROLE portal_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE portal_app LOGIN PASSWORD :'app_password';

-- Nobody else comes in; the owner of the database may create in its schema.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
ALTER DATABASE :"DBNAME" OWNER TO portal_owner;
GRANT CONNECT ON DATABASE :"DBNAME" TO portal_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO pg_database_owner;

-- For every table that a migration will make, and for each new month of the trail.
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO portal_app;
COMMIT;
SQL
