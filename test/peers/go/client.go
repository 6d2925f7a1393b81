// A client of the standard library: two requests over HTTP/2, two over HTTP/1.1. With an argument it only waits.
package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		time.Sleep(time.Second)
		return
	}
	older := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	for _, client := range []*http.Client{{}, {Transport: older}} {
		for _, path := range []string{"/things/first", "/missing"} {
			answer, err := client.Post("https://shop.example.com"+path, "text/plain", strings.NewReader("some text"))
			if err != nil {
				panic(err)
			}
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
	}
}
