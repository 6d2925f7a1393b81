// An API server of Kubernetes for tests: etcd, kube-apiserver and the controller that aggregates ClusterRoles, as one
// program, on loopback only. Prints one line of JSON when it answers; ends with its standard input.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
)

// endpoint is what the test needs to speak to the server.
type endpoint struct {
	URL     string `json:"url"`
	CAFile  string `json:"caFile"`
	Token   string `json:"token"`
	Version string `json:"version"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: apiserver EMPTY-FOLDER"))
	}
	if err := run(os.Args[1]); err != nil {
		fail(err)
	}
}

func run(dir string) error {
	etcdURL, err := startEtcd(filepath.Join(dir, "etcd"))
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	files, err := writeFiles(dir)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(etcdURL, port, files) }()
	config := &rest.Config{
		Host:            fmt.Sprintf("https://127.0.0.1:%d", port),
		BearerToken:     files.token,
		TLSClientConfig: rest.TLSClientConfig{CAFile: files.certificate},
		QPS:             -1,
	}
	return answer(config, failed)
}

// answer says where the server is once it is ready, and stays until standard input ends or the server fails.
func answer(config *rest.Config, failed <-chan error) error {
	client, err := waitReady(config, failed)
	if err != nil {
		return err
	}
	go aggregate(client)
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	line := endpoint{config.Host, config.CAFile, config.BearerToken, version.GitVersion}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case err := <-failed:
		return err
	case <-closed:
		return nil
	}
}

func serve(etcdURL string, port int, files files) error {
	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + etcdURL,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--tls-cert-file=" + files.certificate,
		"--tls-private-key-file=" + files.key,
		"--authorization-mode=Node,RBAC",
		"--token-auth-file=" + files.tokens,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + files.signer,
		"--service-account-signing-key-file=" + files.signer,
		"--service-cluster-ip-range=10.96.0.0/16",
		// Nothing else runs here, so nothing would ever finish a lease, a quota or an endpoint.
		"--endpoint-reconciler-type=none",
	})
	return command.Execute()
}

// waitReady asks until the bootstrap roles are there too: they are part of what tests compare.
func waitReady(config *rest.Config, failed <-chan error) (*kubernetes.Clientset, error) {
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		select {
		case err := <-failed:
			return nil, fmt.Errorf("kube-apiserver ended: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			continue // the certificate is not written yet
		}
		status := 0
		client.RESTClient().Get().AbsPath("/readyz").Do(context.Background()).StatusCode(&status)
		if status == http.StatusOK {
			return client, nil
		}
	}
	return nil, fmt.Errorf("kube-apiserver was not ready within two minutes")
}

// aggregate runs the one controller that decides what a role grants.
func aggregate(client *kubernetes.Clientset) {
	ctx := context.Background()
	factory := informers.NewSharedInformerFactory(client, 0)
	controller := clusterroleaggregation.NewClusterRoleAggregation(
		factory.Rbac().V1().ClusterRoles(), client.RbacV1())
	factory.Start(ctx.Done())
	controller.Run(ctx, 2)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "apiserver:", err)
	os.Exit(1)
}
