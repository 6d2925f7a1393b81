// A client of the standard library, over HTTP/2, then over HTTP/1.1. Without an argument: two requests over each, one
// after the other; `many`: four at a time, 150 times each; `wait`: none.
package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const shop = "https://shop.example.com"

func read(answer *http.Response, err error) {
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

func few(client *http.Client) {
	for _, path := range []string{"/things/first", "/missing"} {
		read(client.Post(shop+path, "text/plain", strings.NewReader("some text")))
	}
}

func many(client *http.Client) {
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		path := []string{"/warm?short", "/missing?short"}[i%2]
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 150; j++ {
				read(client.Get(shop + path))
			}
		}()
	}
	all.Wait()
}

func main() {
	ask := few
	if len(os.Args) > 1 {
		if os.Args[1] == "wait" {
			time.Sleep(time.Second)
			return
		}
		ask = many
	}
	older := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	for _, client := range []*http.Client{{}, {Transport: older}} {
		ask(client)
	}
}
