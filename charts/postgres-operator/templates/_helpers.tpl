{{- define "postgres-operator.fullname" -}}
{{- if contains "postgres-operator" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-postgres-operator" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "postgres-operator.controllerName" -}}
{{ include "postgres-operator.fullname" . }}-controller-manager
{{- end }}

{{- define "postgres-operator.selectorLabels" -}}
app.kubernetes.io/name: postgres-operator
app.kubernetes.io/instance: {{ .Release.Name }}
control-plane: controller-manager
{{- end }}

{{- define "postgres-operator.labels" -}}
{{ include "postgres-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* A digest names one image for ever, so it goes before a tag. */ -}}
{{- define "postgres-operator.image" -}}
{{- if .image.digest }}{{ .image.repository }}@{{ .image.digest }}{{ else }}{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* The Secret with the certificate of the metrics. */ -}}
{{- define "postgres-operator.metricsSecret" -}}
{{ .Values.metrics.certificateSecret | default (printf "%s-metrics" (include "postgres-operator.controllerName" .)) }}
{{- end }}

{{- define "postgres-operator.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "postgres-operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
