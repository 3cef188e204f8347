"""Workers that are jobs of Slurm, until Enter; takes a folder with ca.pem, cert.pem and key.pem that all nodes see."""

import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster
from distributed import Security

ca, cert, key = (str(Path(sys.argv[1], name).resolve()) for name in ("ca.pem", "cert.pem", "key.pem"))
security = Security(
    tls_ca_file=ca, tls_scheduler_cert=cert, tls_scheduler_key=key, tls_worker_cert=cert, tls_worker_key=key,
    tls_client_cert=cert, tls_client_key=key, require_encryption=True,
)  # fmt: skip
# In each job so many trials at once, one a core, and so many bytes for all of them together.
offer = [
    "export DASK_DISTRIBUTED__WORKER__RESOURCES__TRIAL=1",
    "export DASK_DISTRIBUTED__WORKER__RESOURCES__MEMORY=4e9",
]
with SLURMCluster(
    cores=1, processes=1, memory="4GB", walltime="01:00:00", job_script_prologue=offer,
    protocol="tls://", security=security,
) as cluster:  # fmt: skip
    cluster.adapt(minimum_jobs=2, maximum_jobs=2)  # a job that was cancelled is submitted anew
    tls = f"--tls-ca-file {ca} --tls-cert {cert} --tls-key {key}"
    input(f"python -m sweep run --scheduler {cluster.scheduler_address} {tls}\n")
