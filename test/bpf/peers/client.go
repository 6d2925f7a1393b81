package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
)

func main() {
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	c := &http.Client{Transport: tr}
	var wg sync.WaitGroup
	for k := 0; k < 4; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, n := range []int{10, 70000} {
				r, err := c.Post(fmt.Sprintf("https://localhost:%s/%d", os.Args[1], n), "text/plain", bytes.NewReader(bytes.Repeat([]byte("g"), 50000)))
				if err != nil {
					panic(err)
				}
				b, _ := io.ReadAll(r.Body)
				r.Body.Close()
				if len(b) != n {
					panic(len(b))
				}
			}
		}()
	}
	wg.Wait()
	tr.CloseIdleConnections()
}
