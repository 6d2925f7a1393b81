package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
)

// A POST whose connection is back among the idle ones when this returns: only those can be closed at the end.
func post(c *http.Client, url string, body []byte) []byte {
	idle := make(chan error, 1)
	trace := &httptrace.ClientTrace{PutIdleConn: func(err error) { idle <- err }}
	req, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r, err := c.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		panic(err)
	}
	b, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if err := <-idle; err != nil {
		panic(err)
	}
	return b
}

func main() {
	tr := &http.Transport{MaxIdleConnsPerHost: 8, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	c := &http.Client{Transport: tr}
	var wg sync.WaitGroup
	for k := 0; k < 4; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, n := range []int{10, 70000} {
				b := post(c, fmt.Sprintf("https://localhost:%s/%d", os.Args[1], n), bytes.Repeat([]byte("g"), 50000))
				if len(b) != n {
					panic(len(b))
				}
			}
		}()
	}
	wg.Wait()
	tr.CloseIdleConnections()
}
