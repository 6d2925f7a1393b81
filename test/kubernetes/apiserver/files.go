package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"

	"k8s.io/client-go/util/cert"
)

// files are what the server is started with; all of it lives as long as the test.
type files struct {
	certificate, key, signer, tokens, token string
}

func writeFiles(dir string) (files, error) {
	at := func(name string) string { return filepath.Join(dir, name) }
	made := files{at("tls.crt"), at("tls.key"), at("signer.key"), at("tokens.csv"), ""}
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return made, err
	}
	signer, err := signingKey()
	if err != nil {
		return made, err
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return made, err
	}
	made.token = hex.EncodeToString(secret)
	for path, content := range map[string][]byte{
		made.certificate: certificate,
		made.key:         key,
		made.signer:      signer,
		made.tokens:      []byte(made.token + ",test-admin,test-admin,\"system:masters\"\n"),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return made, err
		}
	}
	return made, nil
}

func signingKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}
