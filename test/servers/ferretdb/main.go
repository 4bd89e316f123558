// A FerretDB for the tests: MongoDB's protocol on one address, PostgreSQL or SQLite below it.
// Prints the address once it listens.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net/url"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	postgresql := flag.String("postgresql", "", "URL of PostgreSQL")
	sqlite := flag.String("sqlite", "", "URI of a folder for SQLite, where there is no PostgreSQL")
	flag.Parse()

	config := &ferretdb.Config{
		Listener:      ferretdb.ListenerConfig{TCP: *listen},
		Logger:        slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:       "postgresql",
		PostgreSQLURL: *postgresql,
	}
	if *sqlite != "" {
		config.Handler, config.SQLiteURL = "sqlite", *sqlite
	}

	server, err := ferretdb.New(config)
	if err != nil {
		log.Fatal(err)
	}
	address, err := url.Parse(server.MongoDBURI())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(address.Host)
	if err := server.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
